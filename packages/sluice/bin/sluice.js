#!/usr/bin/env node
// npm links this before anything is built.
import '../dist/bin.js';
