import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createApp } from './create-app.ts';
import { BadSetting } from './settings/settings.ts';

/** Synthesizes the app for the CDK's command, with the checks of cdk-nag. A bad setting ends it with one sentence. */
export function synthApp(environment: NodeJS.ProcessEnv): void {
  try {
    const { app } = createApp(environment);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  } catch (error) {
    if (!(error instanceof BadSetting)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
