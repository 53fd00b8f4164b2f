import type { Code } from 'aws-cdk-lib/aws-lambda';
import { accountPlaceholder, edgeConfigKey } from '#contract/edge-config.ts';
import { bundleCanonicalPath, bundleTokenGate } from '../../edge/bundle.ts';
import { builtCode } from './bundle.ts';
import { edgeConfigBucketName } from './names.ts';
import type { Settings } from './settings/schema.ts';

/** Lambda@Edge's code: one module, `index.handler`. */
export const tokenGateCode = (settings: Settings): Code =>
  builtCode('edge/token-gate', (folder) => {
    const bucket = edgeConfigBucketName(settings, accountPlaceholder);
    bundleTokenGate(folder, `https://${bucket}.s3.${settings.region}.amazonaws.com/${edgeConfigKey}`);
  });

/** The CloudFront Function's code, at most 10 KB. */
export const canonicalPathCode = (): string => bundleCanonicalPath();
