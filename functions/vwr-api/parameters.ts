import { z } from 'zod';
import { eventIdSchema } from '#contract/event.ts';
import { parseInput } from '#core/parse.ts';
import type { HttpRequest } from '../shared/http.ts';

/** @throws UrrError BAD_REQUEST */
export const eventIdOf = (request: HttpRequest): string =>
  parseInput(eventIdSchema, request.pathParameters.eventId, 'event id');

/** @throws UrrError BAD_REQUEST */
export const requestIdOf = (request: HttpRequest): string =>
  parseInput(z.uuid(), request.pathParameters.id, 'request id');
