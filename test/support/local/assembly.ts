import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallStack {
  readonly resources: Readonly<Record<string, { Type: string; Properties?: object; DependsOn?: string }>>;
  /** Text of `index.mjs` by asset key (`name.zip`). */
  readonly assets?: Readonly<Record<string, string>>;
  /** Files by image tag. */
  readonly images?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Runs `use` with a cloud assembly of one hand-made stack `small` in ap-northeast-2. */
export async function withAssembly<T>(stack: SmallStack, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'urr-assembly-'));
  try {
    const files: Record<string, object> = {};
    for (const [key, source] of Object.entries(stack.assets ?? {})) {
      const folder = `asset.${key.replace('.zip', '')}`;
      await mkdir(join(directory, folder));
      await writeFile(join(directory, folder, 'index.mjs'), source);
      files[key] = {
        source: { path: folder, packaging: 'zip' },
        destinations: { here: { bucketName: 'assets', objectKey: key } },
      };
    }
    const dockerImages: Record<string, object> = {};
    for (const [tag, image] of Object.entries(stack.images ?? {})) {
      const folder = `image.${tag}`;
      await mkdir(join(directory, folder));
      for (const [name, text] of Object.entries(image)) await writeFile(join(directory, folder, name), text);
      dockerImages[tag] = {
        source: { directory: folder },
        destinations: { here: { repositoryName: 'images', imageTag: tag } },
      };
    }
    const json = (name: string, content: object) => writeFile(join(directory, name), JSON.stringify(content));
    await json('small.assets.json', { files, dockerImages });
    await json('small.template.json', { Resources: stack.resources });
    await json('manifest.json', {
      artifacts: {
        'small.assets': { type: 'cdk:asset-manifest', properties: { file: 'small.assets.json' } },
        small: {
          type: 'aws:cloudformation:stack',
          environment: 'aws://unknown-account/ap-northeast-2',
          properties: { templateFile: 'small.template.json', stackName: 'small' },
        },
      },
    });
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A Lambda function of the stack with the given asset. */
export const functionResource = (asset: string, properties: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Bucket: 'assets', S3Key: asset },
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::000000000000:role/any',
    Timeout: 5,
    ...properties,
  },
});
