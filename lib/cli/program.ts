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

/** Environment of the program. */
export interface Host {
  readonly openTarget: (choice: TargetChoice) => Promise<Target>;
  readonly userName: string;
  readonly nowMs: () => number;
  /** Reads a file that the command line names. @throws when it cannot be read */
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

/** A command succeeded and found a problem: its result is printed, and the exit code is 1. */
class FoundWrong extends Error {}

/** Runs one command line. Returns the exit code: 0 done, 1 refused or failed, 2 the command line is wrong. */
export async function runCli(words: readonly string[], host: Host): Promise<number> {
  const program = createProgram(host);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof FoundWrong) return 1;
    // Commander has already printed its message; help and version are not failures.
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
    .description('Runs ticket sales: events, their lines, seats and payments.')
    .option('--env <name>', 'an environment on AWS, with your usual credentials (AWS_PROFILE, aws sso login)')
    .option('--local', 'the system that npm start runs on this machine')
    .option('--json', 'print JSON')
    .option('--as <name>', 'your name, for the audit', host.userName)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.out(text.trimEnd()),
      writeErr: (text) => host.err(text.trimEnd()),
    })
    .showHelpAfterError('(--help lists commands and options)');
  const event = program.command('event').description('create, open, pause, change and close events');
  const layout = program.command('layout').description('upload and show seats and prices of an event');

  /** Adds a command: it opens the target, prints the result and closes the target. */
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
        // Commander passes the declared arguments first, each already parsed.
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
    ).argument('<event>', 'id of the event', eventId);

  const create = onEvent(
    'create',
    'creates a draft; visitors see it after event open',
    (target, id, actor, options) => createEvent(target, id, patchOf(options), options.shards, actor),
    reportText,
  );
  command(
    'list',
    'lists live events and drafts',
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
    'publishes the event, switches the waiting room on, and starts or resumes the line',
    (target, id, actor) => changeEvent(target, id, openPatch, actor.nowMs()),
    reportText,
  );
  onEvent(
    'pause',
    'stops calls and admissions; visitors may still join, and shoppers inside continue',
    (target, id, actor) => changeEvent(target, id, pausePatch, actor.nowMs()),
    reportText,
  );
  onEvent(
    'close',
    'ends the sale; event open reverses it',
    (target, id, actor) => closeEvent(target, id, actor.nowMs()),
    reportText,
  );
  const set = onEvent(
    'set',
    'changes the given settings; all others stay the same',
    async (target, id, actor, options) => {
      const patch = patchOf(options);
      const isEmpty = Object.keys(patch).length === 0;
      if (isEmpty && options.shards === undefined)
        throw new UsageError('nothing to change; give a setting (event set --help lists them)');
      // Shards are changed first, so that a refusal leaves the other settings unchanged.
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
    'calls visitors now, in addition to the rate and also during a pause',
    (target, actor, _options, id, people) => advanceLine(target, id, people, actor),
    (answer) => `${answer.called} called\n${reportText(answer)}`,
  )
    .argument('<event>', 'id of the event', eventId)
    .argument('<people>', 'most visitors to call', people);
  onEvent(
    'reset',
    'starts a new, empty line; places, passes and entry tokens of the old line are refused',
    (target, id, actor, options) => resetLine(target, id, options.reason ?? '', options.shards, actor),
    reportText,
  )
    .requiredOption('--reason <text>', 'reason, for the audit', reason)
    .addOption(shardsOption());

  command<[string, string], LayoutReport>(
    'put',
    'uploads the seats of an event from a file; existing seats keep their state',
    async (target, _actor, _options, id, path) => putLayout(target, id, await textOf(host, path)),
    layoutText,
    layout,
  )
    .argument('<event>', 'id of the event', eventId)
    .argument('<file>', 'JSON: { "sections": [...] }, or the output of layout show --json');
  command<[string], LayoutReport>(
    'show',
    'shows the sections of an event',
    (target, _actor, _options, id) => showLayout(target, id),
    layoutText,
    layout,
  ).argument('<event>', 'id of the event', eventId);
  const payment = program.command('payment').description('show and compare payments, finish refunds');
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
    throw new UsageError(`${path} cannot be read; check the path and its permissions`, { cause });
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
