import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type * as rules from './rules.ts';

/** Seeds looked through for a mistake before it counts as unnoticed; the rarest known one needs some 6,300. */
export const mutantSeedsMax = 10_000;

/** A mistake planted in the source of a rule. Every `find` must stand exactly once in its file. */
export interface SourceMutant {
  readonly name: string;
  readonly changes: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
}

const reserveFile = 'lib/core/sales/reserve.ts';
const accountSeatsFile = 'lib/core/sales/account-seats.ts';
const giveBackFile = 'lib/core/sales/give-back.ts';
const paymentFile = 'lib/core/sales/payment.ts';

export const sourceMutants: readonly SourceMutant[] = [
  {
    name: 'the fence is not asked for',
    changes: [
      {
        file: paymentFile,
        find: 'if (payment.fence !== request.fence) return',
        replace: 'if (false) return',
      },
      {
        file: paymentFile,
        find: 'if (reservation?.fence !== request.fence) return',
        replace: 'if (!reservation) return',
      },
    ],
  },
  {
    name: 'an overdue owner is taken for dead without ending it',
    changes: [
      {
        file: reserveFile,
        find: 'if (!isOverdue(owner, nowMs)) return false;',
        replace: 'return isOverdue(owner, nowMs);',
      },
    ],
  },
  {
    name: 'an unknown owner is taken for dead',
    changes: [
      {
        file: reserveFile,
        find: 'if (hasLeft(owner, seatId)) return true;',
        replace: 'if (owner.state !== "confirmed") return true;',
      },
    ],
  },
  {
    name: 'only the first seat of an order is claimed',
    changes: [
      {
        file: reserveFile,
        find: 'for (const seatId of reservation.seatIds) {',
        replace: 'for (const seatId of reservation.seatIds.slice(0, 1)) {',
      },
    ],
  },
  {
    name: 'a conflict leaves the reservation standing',
    changes: [{ file: reserveFile, find: 'if (taken.length > 0) {', replace: 'if (taken.length > 1) {' }],
  },
  {
    name: 'late money is kept',
    changes: [
      {
        file: paymentFile,
        find: "if (reservation?.state !== 'confirmed' || reservation.orderId !== orderId) return 'refunding';",
        replace: "if (reservation === undefined) return 'refunding';",
      },
    ],
  },
  {
    // Looked at once more, such an order's money would be found and given back.
    name: 'an order the provider does not know yet is given up, and never looked at again',
    changes: [
      {
        file: 'lib/core/sales/payment-life.ts',
        find: ": { dueClass: 'undecided', nextAttemptAtMs: nowMs + lookAgainMs };",
        replace: ': undefined;',
      },
      {
        file: paymentFile,
        find: "> providerSessionMs ? 'declined' : undefined",
        replace: "> -1 ? 'declined' : undefined",
      },
    ],
  },
  {
    name: 'a refund leaves the seats sold',
    changes: [{ file: giveBackFile, find: "from: ['confirmed'],", replace: 'from: [],' }],
  },
  {
    name: 'a refund takes the seats of whoever paid',
    changes: [{ file: giveBackFile, find: 'ifOrderId: orderId,', replace: '' }],
  },
  {
    name: 'an account that is full is not refused',
    changes: [
      {
        file: accountSeatsFile,
        find: 'if (left < reservation.seatIds.length) return { isCounted: false, left };',
        replace: 'return { isCounted: true };',
      },
    ],
  },
  {
    name: 'a living reservation is taken out of the record of its account',
    changes: [
      {
        file: accountSeatsFile,
        find: '!isDead(owner.state) && owner',
        replace: "owner.state === 'claiming' && owner",
      },
    ],
  },
];

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The rules with the mistake in them. Throws when a change no longer fits the source, so no mutant goes stale unseen. */
export async function rulesWith(mutant: SourceMutant): Promise<typeof rules> {
  const built = await build({
    entryPoints: [`${root}test/simulation/sales/rules.ts`],
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['zod'],
    write: false,
    plugins: [
      {
        name: 'mutate',
        setup(context) {
          context.onLoad({ filter: /lib\/core\/sales\/.*\.ts$/ }, ({ path }) => {
            let contents = readFileSync(path, 'utf8');
            for (const change of mutant.changes.filter(({ file }) => path.endsWith(file))) {
              const parts = contents.split(change.find);
              if (parts.length !== 2) {
                throw new Error(
                  `${mutant.name}: "${change.find}" stands ${parts.length - 1} times in ${change.file}`,
                );
              }
              contents = parts.join(change.replace);
            }
            return { contents, loader: 'ts' };
          });
        },
      },
    ],
  });
  const code = built.outputFiles[0]?.text ?? '';
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}
