/**
 * The parts of URR that the simulator plays, as one module: the worker with its routes, rounds and rules, the consumer
 * of statistics, and their adapters. `program.ts` builds it from the sources, with or without a planted mistake, and
 * replaces what is not part of the sale: HTTP server, timers, and the life of the process.
 */
export { createEventStore } from '#adapters/dynamodb/events/store.ts';
export { createAccountSeatStore } from '#adapters/dynamodb/sale/account-seats.ts';
export { createSalesStore } from '#adapters/dynamodb/sale/layouts.ts';
export { createPaymentStore } from '#adapters/dynamodb/sale/payments.ts';
export { createReservationStore } from '#adapters/dynamodb/sale/reservations.ts';
export { createSeatStore } from '#adapters/dynamodb/sale/seats.ts';
export { createSaleStatistics } from '#adapters/dynamodb/sale/statistics.ts';
export { createTossPayments } from '#adapters/payments/toss.ts';
export { createHolds } from '#adapters/redis/holds.ts';
export { createReservationPublisher } from '#adapters/sqs/reservation-publisher.ts';
export { UrrError } from '#core/errors.ts';
export { withFreeOrders } from '#core/sale/free-orders.ts';
export { makeHandler as makeCountingHandler } from '../../../functions/reservation-events/handler.ts';
export { createSeatLockWorker } from '../../../functions/seat-lock/worker.ts';
