/** The rules under test, as one module: the simulator plays these, and `mutate.ts` plants mistakes in them. */
export { sweepOverdue } from '#core/sales/expire.ts';
export { confirmPayment } from '#core/sales/payment.ts';
export { reconcilePayments } from '#core/sales/reconcile.ts';
export { refundPayment } from '#core/sales/refund.ts';
export { reserve } from '#core/sales/reserve.ts';
