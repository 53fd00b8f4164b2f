import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkImageFolder, copyLua } from '#infra/image-folder.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder below a path like that of a checkout with a dot, a blank and Korean letters. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const outer = mkdtempSync(join(tmpdir(), 'urr-image-'));
  folders.push(outer);
  const folder = join(outer, 'github.com', '내 표', 'urr.d');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe("a worker's image", () => {
  it('contains the Lua files wherever the checkout is, and nothing else of their folder', () => {
    const checkout = folderWith({
      'lua/sale/hold.lua': 'return 1',
      'lua/notes.md': '',
      'lua/sale/.hold.lua.swp': '',
    });
    copyLua(join(checkout, 'lua'), join(checkout, 'image/lua'));
    expect(readdirSync(join(checkout, 'image/lua'), { recursive: true }).sort()).toEqual([
      'sale',
      'sale/hold.lua',
    ]);
  });

  const dockerfile =
    'FROM node\n# COPY nothing ./\nCOPY index.mjs \\\n  index.mjs.map ./\nCOPY lua ./lua\nUSER node\n';
  const whole = { Dockerfile: dockerfile, 'index.mjs': '', 'index.mjs.map': '{}', 'lua/sale/hold.lua': '' };

  it('passes the check if it contains all that its Dockerfile copies', () => {
    expect(() => checkImageFolder(folderWith(whole))).not.toThrow();
  });

  it.each([
    ['index.mjs', 'index.mjs'],
    ['index.mjs.map', 'index.mjs.map'],
    ['lua', 'lua/sale/hold.lua'],
  ])(
    'fails the synthesis with the name of %s, if its Dockerfile copies that and it is missing',
    (named, missing) => {
      const files = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== missing));
      expect(() => checkImageFolder(folderWith(files))).toThrow(`copies ${named}, which`);
    },
  );

  it('fails the synthesis if a folder that its Dockerfile copies is empty', () => {
    const folder = folderWith(whole);
    rmSync(join(folder, 'lua/sale'), { recursive: true });
    expect(() => checkImageFolder(folder)).toThrow('copies lua, which');
  });
});
