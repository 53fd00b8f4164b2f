/** The rules under test, as one module: the simulator plays these, and `mutate.ts` plants mistakes in them. */
export { sweepOverdue } from '#core/sales/expire.ts';
export { confirmPayment, reconcilePayments, refundPayment } from '#core/sales/payment.ts';
export { reserve } from '#core/sales/reserve.ts';
