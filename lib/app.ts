import { enableCompileCache } from 'node:module';

// The CDK is many megabytes of JavaScript: compiling it once per machine saves a tenth of each synthesis.
enableCompileCache();
const { synthApp } = await import('./stack/synth-app.ts');
synthApp(process.env);
