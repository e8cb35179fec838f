import { join } from 'node:path';
import cdk from '../../cdk.json' with { type: 'json' };
import { createApp } from './create-app.ts';

export interface SynthesizeOptions {
  /** Folder for the template, the asset manifest and the bundles. */
  outFolder: string;
  /** Settings, as `-c name=value` of the CDK CLI. */
  context?: Readonly<Record<string, string>>;
  /** @default the Region of the environment */
  region?: string;
  /** @default the environment of this process */
  environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Synthesizes the stack in this process: the template of `cdk synth`, without metadata. It skips the policy checks,
 * which take as long as all the rest; `cdk synth` and the tests make them.
 *
 * @throws {BadSetting} when a setting cannot work
 */
export function synthesize({ outFolder, context, region, environment = process.env }: SynthesizeOptions): {
  templateFile: string;
  outFolder: string;
} {
  const { app, stack } = createApp(
    region === undefined ? environment : { ...environment, CDK_DEFAULT_REGION: region },
    {
      outdir: outFolder,
      context: { ...cdk.context, ...context },
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
    },
  );
  app.synth();
  return { templateFile: join(outFolder, stack.templateFile), outFolder };
}
