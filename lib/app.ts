import { enableCompileCache } from 'node:module';

// The CDK is many megabytes of JavaScript: compiled once per machine, a synthesis takes a tenth less.
enableCompileCache();
const { synthApp } = await import('./stack/synth-app.ts');
synthApp(process.env);
