import { RemovalPolicy } from 'aws-cdk-lib';
import type { Settings } from './settings/schema.ts';

/**
 * Returns what happens to a resource with data that leaves its template. "retain" keeps it, except when the deployment that
 * creates it fails: a kept resource with a fixed name would make every later attempt fail (RetainExceptOnCreate).
 */
export const removalPolicy = ({ removal }: Pick<Settings, 'removal'>): RemovalPolicy =>
  removal === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
