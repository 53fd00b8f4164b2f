import type { FastifyReply } from 'fastify';
import { tokenCookie } from '#contract/tokens.ts';
import { setCookie } from '../worker-runtime/cookies.ts';

/** The visit is over: the browser drops its entry token. The queue has forgotten the visit itself. */
export const forgetEntry = (reply: FastifyReply, eventId: string) =>
  reply.header('set-cookie', setCookie(tokenCookie.entry(eventId), '', 0));
