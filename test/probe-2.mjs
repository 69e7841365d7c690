import {start,talk,F,A,U,cat} from './probe-x.mjs';
import net from 'node:net';
const vars=(app,more=[])=>['REQUEST_METHOD','GET','REQUEST_URI','/','SERVER_NAME','h','SERVER_PORT','80','SERVER_PROTOCOL','HTTP/1.1','HTTP_X_APP',app,...more];
const req=(o,app='bodies.single')=>F.request({variables:vars(app),...o});
const show=(n,r)=>console.log(n,'=>',r.end,JSON.stringify(r.text.slice(0,200)),r.text.length);
const L={firstByte:300,head:300,body:300,idle:300,writeStall:300,drain:300,linger:300};
{
 const s=await start('ajp://127.0.0.1:0',{options:{limits:L}});
 show('ajp head timeout',await talk(s.url,[A.webServer.forward().slice(0,10)],{wait:1500}));
 await new Promise(r=>setTimeout(r,200));
 console.log('dead?',s.c.dead,s.err.slice(0,400));
 if(!s.c.dead) await s.stop();
}
{
 const s=await start('ajp://127.0.0.1:0?secret=%E2%82%AC');
 show('ajp utf8 secret',await talk(s.url,[A.webServer.forward()],{wait:500}));
 console.log('dead?',s.c.dead,s.err.slice(0,400));
 if(!s.c.dead) await s.stop();
}
{
 const s=await start('fastcgi://127.0.0.1:0?multiplexed=no');
 show('two BEGIN same chunk mpx=no flags0',await talk(s.url,[cat(F.beginRequest(1,1,0),F.beginRequest(2,1,0),F.stream(4,1,F.pairs(vars('bodies.single'))),F.stream(5,1,''))]));
 show('two BEGIN mpx=no flags1',await talk(s.url,[cat(F.beginRequest(1,1,1),F.beginRequest(2,1,1),F.stream(4,1,F.pairs(vars('bodies.single'))),F.stream(5,1,''))]));
 await s.stop();
}
{
 const s=await start('fastcgi://127.0.0.1:0');
 // abort with body filling in the same chunk, then another request
 const big=F.record(5,1,Buffer.alloc(60000,'x'));
 const r=await talk(s.url,[cat(F.beginRequest(1,1,1),F.stream(4,1,F.pairs(vars('echo.ignoredx'.slice(0,11)))))],{});
 const j='/tmp/w/conf/j';
 const slow=vars('lives.slow',['HTTP_X_JOURNAL',j]);
 show('abort after full body, then next', await talk(s.url,[cat(F.beginRequest(1,1,1),F.stream(4,1,F.pairs(slow)),big,big,big,F.record(2,1)),200,req({flags:1})],{wait:600}));
 show('generator+abort one chunk', await talk(s.url,[cat(req({flags:1},'bodies.generator'),F.record(2,1))],{}));
 // app fails after head while its body is full; other STDIN stuck?
 show('fail while full', await talk(s.url,[cat(F.beginRequest(2,1,1),F.stream(4,2,F.pairs(vars('echo.whole')))),
   cat(F.beginRequest(1,1,1),F.stream(4,1,F.pairs(vars('faults.throwsLater'))),big,big,big),cat(F.stream(5,2,'hello'))],{wait:800}));
 console.log(s.err.slice(0,600)); await s.stop();
}
