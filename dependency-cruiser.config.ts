import type { IConfiguration } from 'dependency-cruiser';

/**
 * Which folder imports what (docs/adr/0115): inward, in no circle, and no file lies unused. The plugins in
 * .biome keep the two innermost folders pure and every import visible to this check. Tests import what they like.
 */
interface Room {
  /** Pattern of its files. */
  readonly path: string;
  /** Patterns of the rooms that it imports beside itself. */
  readonly rooms: readonly string[];
  /** Packages that it imports, by name. */
  readonly packages: readonly string[];
  /** `core`: Node's own modules; `npm` and `npm-dev`: all `dependencies` and `devDependencies`. */
  readonly kinds: readonly ('core' | 'npm' | 'npm-dev')[];
}

/** They hash and verify by Node's crypto: no page imports them. */
const proofs = 'access/(subject|verify-access|verify-token)[.]ts$';
const pure = `^lib/core/(?!${proofs})`;
const inner = ['^lib/core/', '^lib/contract/'];
const bundlers = ['^edge/bundle[.]ts$', '^web/build[.]ts$'];
const running = { packages: ['@types/aws-lambda'], kinds: ['core', 'npm'] } as const;
const synthesis = {
  packages: ['aws-cdk-lib', 'constructs', 'cdk-nag', 'zod', 'esbuild'],
  kinds: ['core'],
} as const;

const rooms: Readonly<Record<string, Room>> = {
  'lib/contract': { path: '^lib/contract/', rooms: [], packages: ['zod'], kinds: [] },
  'lib/core': { path: pure, rooms: ['^lib/contract/'], packages: ['zod'], kinds: [] },
  // Computed, not fetched: gate, workers and Lambdas share them (docs/adr/0114).
  'lib/core, proofs': {
    path: `^lib/core/${proofs}`,
    rooms: [pure, '^lib/contract/', '^(node:)?crypto$'],
    packages: ['zod', 'jose'],
    kinds: [],
  },
  'lib/adapters': { path: '^lib/adapters/', rooms: inner, ...running },
  functions: { path: '^functions/', rooms: [...inner, '^lib/adapters/'], ...running },
  edge: { path: '^edge/(?!bundle[.]ts$)', rooms: inner, ...running },
  web: {
    path: '^web/(?!build[.]ts$)',
    rooms: [pure, '^lib/contract/'],
    packages: ['preact', 'zod'],
    kinds: [],
  },
  // Make the bundles of edge and pages at synthesis; they run neither at the edge nor in a browser.
  bundlers: { path: bundlers.join('|'), rooms: [...inner, '^web/', '^edge/shared/'], ...synthesis },
  'lib/infra': { path: '^lib/infra/|^bin/urr-app[.]ts$', rooms: [...inner, ...bundlers], ...synthesis },
  'lib/local': {
    path: '^lib/local/|^bin/local[.]ts$',
    rooms: ['^lib/contract/'],
    packages: [],
    kinds: ['core', 'npm', 'npm-dev'],
  },
  'lib/cli': { path: '^lib/cli/|^bin/urr[.]ts$', rooms: [...inner, '^lib/adapters/'], ...running },
};

/** Files that run by themselves, or are named to a bundler or a process. */
const entries = [
  '^bin/',
  '^(functions|edge)/[^/]+/index[.]ts$',
  '^web/pages/',
  '^lib/local/.+-child[.]ts$',
  '^lib/local/(lambda/edge-dns|containers/guard)[.]ts$',
];
const severity = 'error' as const;
const product = '^(bin|lib|functions|edge|web)/';
const everyRoom = Object.values(rooms).map(({ path }) => path);

const config = {
  forbidden: [
    ...Object.entries(rooms).map(([name, { path, rooms: others, packages, kinds }]) => ({
      name: `${name} imports outward`,
      severity,
      from: { path },
      to: {
        pathNot: [path, ...others, ...packages.map((one) => `(^|/)node_modules/${one}/`)],
        dependencyTypesNot: [...kinds],
      },
    })),
    {
      name: 'a deployable imports another',
      comment:
        'Each is deployed alone. What several need stands beside them in shared and worker-runtime, and is bundled into each.',
      severity,
      from: { path: '^(functions|edge)/([^/]+)/' },
      to: { path: '^(functions|edge)/[^/]+/', pathNot: '^$1/($2|shared|worker-runtime)/' },
    },
    {
      name: 'a file belongs to no room',
      severity,
      from: { path: product, pathNot: everyRoom },
      to: {},
    },
    { name: 'modules import each other in a circle', severity, from: {}, to: { circular: true } },
    { name: 'an import leads nowhere', severity, from: {}, to: { couldNotResolve: true } },
    {
      name: 'no program uses it',
      comment: 'Only tests import it, or nothing does.',
      severity,
      from: { path: entries },
      to: { path: product, pathNot: [...entries, '[.]d[.]ts$'], reachable: false },
    },
    {
      name: 'nothing imports it',
      severity,
      from: { orphan: true, pathNot: ['[.]d[.]ts$', '[.]test[.]ts$'] },
      to: {},
    },
  ],
  options: {
    // TypeScript 7 has no compiler API, so swc reads the files (docs/adr/0115).
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
} satisfies IConfiguration;
export default config;
