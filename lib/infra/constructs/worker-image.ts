import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { bundleModule, repositoryRoot } from '../bundle.ts';
import { checkImageFolder, copyLua } from '../image-folder.ts';

/** Folder of the Lua files inside an image, relative to its working directory. */
export const luaFolder = 'lua';

/**
 * Returns a worker's image: its Dockerfile, its bundle `index.mjs` and the Lua files, and nothing else. Synthesis fills the
 * folder without Docker; Docker builds it at deployment. Its tag is the hash of the folder (D4).
 * @param worker folder below functions/, with index.ts and Dockerfile
 */
export function workerImage(scope: Construct, id: string, worker: string): ContainerImage {
  const folder = mkdtempSync(join(tmpdir(), `urr-${worker}-`));
  try {
    copyFileSync(join(repositoryRoot, 'functions', worker, 'Dockerfile'), join(folder, 'Dockerfile'));
    if (Stack.of(scope).bundlingRequired) {
      bundleModule(`functions/${worker}/index.ts`, folder);
      copyLua(join(repositoryRoot, 'lua'), join(folder, luaFolder));
      checkImageFolder(folder);
    } else writeFileSync(join(folder, 'index.mjs'), '');
    return ContainerImage.fromDockerImageAsset(
      new DockerImageAsset(scope, id, { directory: folder, platform: Platform.LINUX_ARM64 }),
    );
  } finally {
    // The cloud assembly contains a copy.
    rmSync(folder, { recursive: true, force: true });
  }
}
