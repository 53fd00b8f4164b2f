import type { FastifyReply } from 'fastify';
import { tokenCookie } from '#contract/tokens.ts';
import { setCookie } from '../shared/set-cookie.ts';

/** Deletes the browser's entry token after the end of the visit. The queue ends the visit separately. */
export const clearEntryCookie = (reply: FastifyReply, eventId: string) =>
  reply.header('set-cookie', setCookie(tokenCookie.entry(eventId), '', 0));
