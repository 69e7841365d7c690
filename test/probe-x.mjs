// temporary probing script
import net from 'node:net';
import { spawn } from 'node:child_process';
import * as F from 'fastcgi-protocol/testing';
import * as A from 'ajp13-protocol/testing';
import * as U from 'uwsgi-protocol/testing';
const S=new URL('./conformance/support/server.js', import.meta.url).pathname;
export function start(listen, opt={}, env=process.env){
  return new Promise((res,rej)=>{
    const app=new URL('./fixtures/apps/conformance/every.js', import.meta.url).pathname;
    const c=spawn(process.execPath,[S,JSON.stringify({application:opt.app??app,options:{listen:[listen],...opt.options}})],{stdio:['ignore','inherit','pipe','ipc'],env});
    let err='';c.stderr.on('data',d=>err+=d);
    c.on('exit',(code,sig)=>{c.dead=[code,sig]});
    c.once('message',m=>m.addresses?res({c,url:m.addresses[0],get err(){return err},stop:()=>new Promise(r=>{c.on('exit',r);c.send('stop')})}):rej(m));
  });
}
export function talk(url, chunks, {wait=300, half=false}={}){
  return new Promise(res=>{
    const m=/:(\d+)$/.exec(url); const s=net.connect({port:+m[1],host:'127.0.0.1',allowHalfOpen:true});
    s.setNoDelay(true);
    const got=[];let end='open';
    s.on('data',d=>got.push(d)); s.on('end',()=>{end='fin'; done()}); s.on('error',e=>{end=e.code;done()});s.on('close',()=>done());
    let d=false;const done=()=>{if(d)return;d=true;s.destroy();res({end,text:Buffer.concat(got).toString('latin1')})};
    (async()=>{for(const ch of chunks){if(typeof ch==='number')await new Promise(r=>setTimeout(r,ch));else await new Promise(r=>s.write(ch,r));} if(half)s.end(); setTimeout(done,wait)})();
  });
}
export {F,A,U};
export const cat=(...x)=>Buffer.concat(x.map(y=>typeof y==='string'?Buffer.from(y,'latin1'):Buffer.from(y)));
