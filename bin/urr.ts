#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { runCli } from '#cli/program.ts';
import { openTarget } from '#cli/target.ts';

/**
 * `npx urr …`: the organizer's command line. npx uses the pinned Node (docs/adr/0001). URR_LOCAL_RUN names the state file of the
 * run for --local, if there are several runs.
 */
process.exitCode = await runCli(process.argv.slice(2), {
  openTarget: (choice) => openTarget(choice, Date.now, process.env.URR_LOCAL_RUN),
  userName: userInfo().username,
  nowMs: Date.now,
  readText: (path) => readFile(path, 'utf8'),
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});
