import type { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleCanonicalPath, bundleTokenGate } from '../../edge/bundle.ts';
import { builtCode } from './bundle.ts';

/** Lambda@Edge's code: one module, `index.handler`. */
export const tokenGateCode = (): Code =>
  builtCode('edge/token-gate', (folder) => {
    bundleTokenGate(folder);
  });

/** The CloudFront Function's code, at most 10 KB. */
export const canonicalPathCode = (): string => bundleCanonicalPath();
