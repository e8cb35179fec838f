import { join } from 'node:path';
import cdk from '../../cdk.json' with { type: 'json' };
import { createApp } from './create-app.ts';

export interface SynthesizeOptions {
  /** Gets the template, the asset manifest and the bundles. */
  outFolder: string;
  /** As `-c name=value` of the CDK CLI. */
  context?: Readonly<Record<string, string>>;
  /** That of the environment by default. */
  region?: string;
  /** The process's own by default. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Synthesizes the stack in this process. The template is that of `cdk synth` without the metadata; the policy checks, which
 * take as long as all the rest, are left to `cdk synth` and to the tests.
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
