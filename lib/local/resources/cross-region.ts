import { z } from 'zod';
import type { ResourceModule } from '../cloudformation/engine.ts';
import { noLocalEffect, propertiesOf } from './properties.ts';

const writerSchema = z.strictObject({
  ServiceToken: noLocalEffect,
  WriterProps: z.strictObject({ region: z.string(), exports: z.record(z.string(), z.string()) }),
});

/** Custom::CrossRegionExportWriter: puts a stack's values where another Region's stack reads them. */
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

/** Custom::CrossRegionExportReader: its attributes are the values another Region's stack wrote. */
export const exportReader: ResourceModule = (resource) => {
  const { ReaderProps } = propertiesOf(resource, readerSchema);
  return { ref: resource.logicalId, attributes: ReaderProps.imports };
};
