import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { eventIdSchema } from '#contract/event.ts';
import {
  type Actor,
  advanceLine,
  changeEvent,
  changeShards,
  closeEvent,
  createEvent,
  listEvents,
  openPatch,
  pausePatch,
  resetLine,
  showEvent,
} from './event-commands.ts';
import { failureOf } from './failure.ts';
import { type LayoutReport, putLayout, showLayout } from './layout-commands.ts';
import { addPaymentCommands } from './payment-program.ts';
import { layoutText, listText, reportText } from './print.ts';
import { patchOf, settingOptions, shardsOption } from './settings.ts';
import type { Target, TargetChoice } from './target.ts';
import { UsageError } from './usage-error.ts';

/** What the program needs of the world. */
export interface Host {
  readonly openTarget: (choice: TargetChoice) => Promise<Target>;
  readonly userName: string;
  readonly nowMs: () => number;
  /** A file that the command line names. @throws when it cannot be read */
  readonly readText: (path: string) => Promise<string>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

interface CommonOptions extends TargetChoice {
  readonly json?: boolean;
  readonly shards?: number;
  readonly reason?: string;
  readonly day?: string;
  readonly as?: string;
}

/** A command did what it was told, and what it found is wrong: its answer is printed, and the program ends with 1. */
class FoundWrong extends Error {}

/** Runs one command line. Answers the exit code: 0 ok, 1 refused or failed, 2 the command line is wrong. */
export async function runCli(words: readonly string[], host: Host): Promise<number> {
  const program = createProgram(host);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof FoundWrong) return 1;
    // Commander has printed its own message; help and version are no failures.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const failure = failureOf(error);
    if (failure === undefined) {
      host.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return 1;
    }
    const { exitCode, code, message, hint } = failure;
    if (program.opts<CommonOptions>().json === true) {
      host.err(JSON.stringify({ error: message, code, ...(hint === undefined ? {} : { details: hint }) }));
    } else host.err(`${message}${hint === undefined ? '' : `\n${hint}`}`);
    return exitCode;
  }
}

function createProgram(host: Host): Command {
  const program = new Command('urr')
    .description('Runs ticket sales: events, their lines, and how fast those move.')
    .option('--env <name>', 'the environment on AWS, by your usual credentials')
    .option('--local', 'the system that npm start runs on this machine')
    .option('--json', 'answer as JSON')
    .option('--as <name>', 'who is doing this, for the audit', host.userName)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.out(text.trimEnd()),
      writeErr: (text) => host.err(text.trimEnd()),
    })
    .showHelpAfterError('(--help lists what there is)');
  const event = program.command('event').description('one sale each');
  const layout = program.command('layout').description("an event's seats and their prices");

  /** A command on the target: opens it, prints what comes back, closes it. */
  const command = <A extends unknown[], R>(
    usage: string,
    about: string,
    act: (target: Target, actor: Actor, options: CommonOptions, ...words: A) => Promise<R>,
    text: (answer: R) => string,
    group: Command = event,
    isWrong: (answer: R) => boolean = () => false,
  ): Command => {
    const made = group.command(usage).description(about);
    return made.action(async (...given: unknown[]) => {
      const options = made.optsWithGlobals<CommonOptions>();
      const target = await host.openTarget(options);
      try {
        const actor = { by: options.as ?? host.userName, nowMs: host.nowMs };
        // Commander passes the declared arguments first, each already read by its parser.
        const answer = await act(
          target,
          actor,
          options,
          ...(given.slice(0, made.registeredArguments.length) as A),
        );
        host.out(options.json === true ? JSON.stringify(answer, null, 2) : text(answer));
        if (isWrong(answer)) throw new FoundWrong();
      } finally {
        target.close();
      }
    });
  };
  const onEvent = <R>(
    name: string,
    about: string,
    act: (target: Target, eventId: string, actor: Actor, options: CommonOptions) => Promise<R>,
    text: (answer: R) => string,
  ) =>
    command<[string], R>(
      name,
      about,
      (target, actor, options, id) => act(target, id, actor, options),
      text,
    ).argument('<event>', 'its id', eventId);

  const create = onEvent(
    'create',
    'makes a draft, which is seen and sold nowhere until event open',
    (target, id, actor, options) => createEvent(target, id, patchOf(options), options.shards, actor),
    reportText,
  );
  command(
    'list',
    'lists the live events and the drafts',
    (target, actor) => listEvents(target, actor.nowMs()),
    listText,
  );
  onEvent(
    'show',
    'shows an event and its line',
    (target, id, actor) => showEvent(target, id, actor.nowMs()),
    reportText,
  );
  onEvent(
    'open',
    'publishes the event, switches the waiting room on and lets the line move',
    (target, id, actor) => changeEvent(target, id, openPatch, actor.nowMs()),
    reportText,
  );
  onEvent(
    'pause',
    'lets the line stand still; people may join',
    (target, id, actor) => changeEvent(target, id, pausePatch, actor.nowMs()),
    reportText,
  );
  onEvent(
    'close',
    'ends the sale; event open takes it back',
    (target, id, actor) => closeEvent(target, id, actor.nowMs()),
    reportText,
  );
  const set = onEvent(
    'set',
    'changes settings; those not named stay as they are',
    async (target, id, actor, options) => {
      const patch = patchOf(options);
      const isEmpty = Object.keys(patch).length === 0;
      if (isEmpty && options.shards === undefined)
        throw new UsageError('say what to set: event set --help lists it');
      // Shards first: a refusal must leave the rest unchanged too.
      const report =
        options.shards === undefined ? undefined : await changeShards(target, id, options.shards, actor);
      return isEmpty && report !== undefined ? report : changeEvent(target, id, patch, actor.nowMs());
    },
    reportText,
  );
  for (const option of settingOptions()) create.addOption(option);
  for (const option of settingOptions()) set.addOption(option);
  create.addOption(shardsOption());
  set.addOption(shardsOption());

  command<[string, number], Awaited<ReturnType<typeof advanceLine>>>(
    'advance',
    'calls people now, beside the rate and even while paused',
    (target, actor, _options, id, people) => advanceLine(target, id, people, actor),
    (answer) => `${answer.called} called\n${reportText(answer)}`,
  )
    .argument('<event>', 'its id', eventId)
    .argument('<people>', 'at most this many', people);
  onEvent(
    'reset',
    'starts a new, empty line; every place and pass of the old one is refused',
    (target, id, actor, options) => resetLine(target, id, options.reason ?? '', options.shards, actor),
    reportText,
  )
    .requiredOption('--reason <text>', 'why, for the audit', reason)
    .addOption(shardsOption());

  command<[string, string], LayoutReport>(
    'put',
    'gives an event its seats, from a file; seats that are there already keep their state',
    async (target, _actor, _options, id, path) => putLayout(target, id, await textOf(host, path)),
    layoutText,
    layout,
  )
    .argument('<event>', 'its id', eventId)
    .argument('<file>', 'JSON: { "sections": [...] }, or what layout show --json printed');
  command<[string], LayoutReport>(
    'show',
    'shows the sections of an event',
    (target, _actor, _options, id) => showLayout(target, id),
    layoutText,
    layout,
  ).argument('<event>', 'its id', eventId);
  const payment = program.command('payment').description('orders and their money');
  addPaymentCommands(
    (usage, about, act, text, isWrong) => command(usage, about, act, text, payment, isWrong),
    reason,
  );
  return program;
}

async function textOf(host: Host, path: string): Promise<string> {
  try {
    return await host.readText(path);
  } catch (cause) {
    throw new UsageError(`${path} cannot be read`, { cause });
  }
}

function eventId(word: string): string {
  const parsed = eventIdSchema.safeParse(word);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('an event id is 1 to 64 of a-z, 0-9 and inner hyphens.');
}

function people(word: string): number {
  if (!/^[1-9]\d{0,6}$/.test(word))
    throw new InvalidArgumentError('it must be a whole number from 1 to 9999999.');
  return Number(word);
}

function reason(word: string): string {
  if (word.trim() === '' || word.length > 500)
    throw new InvalidArgumentError('it must be 1 to 500 characters.');
  return word;
}
