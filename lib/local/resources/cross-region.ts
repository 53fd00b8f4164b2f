import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { noLocalEffect, propertiesOf } from './properties.ts';

const writerSchema = z.strictObject({
  ServiceToken: noLocalEffect,
  WriterProps: z.strictObject({ region: z.string(), exports: z.record(z.string(), z.string()) }),
});

/** Custom::CrossRegionExportWriter: stores a stack's values for stacks in other Regions. */
export const exportWriter: ResourceModule = (resource, registry) => {
  const { WriterProps } = propertiesOf(resource, writerSchema);
  for (const [name, value] of Object.entries(WriterProps.exports)) registry.parameters.set(name, value);
  return { ref: resource.logicalId };
};

const readerSchema = z.strictObject({
  ServiceToken: noLocalEffect,
  ReaderProps: z.strictObject({
    region: z.string(),
    prefix: z.string().optional(),
    imports: z.record(z.string(), z.string()),
  }),
});

/** Custom::CrossRegionExportReader: its attributes are the values that a stack in another Region stored. */
export const exportReader: ResourceModule = (resource) => {
  const { ReaderProps } = propertiesOf(resource, readerSchema);
  return { ref: resource.logicalId, attributes: ReaderProps.imports };
};
