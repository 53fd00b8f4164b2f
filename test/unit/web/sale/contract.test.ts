import { describe, expect, it } from 'vitest';
import { returnPage, returnPath } from '#contract/payment-return.ts';
import { heartbeatSeconds } from '#contract/queue-http.ts';
import { routes } from '#contract/routes.ts';
import { paymentStateSchema, reservationStateSchema, seatLayoutSchema } from '#contract/sale.ts';
import {
  cancelBodySchema,
  confirmBodySchema,
  freePaymentKey,
  holdAnswerSchema,
  holdBodySchema,
  idempotencyKeyHeader,
  idempotencyKeySchema,
  layoutUrl,
  mineAnswerSchema,
  paymentAnswerSchema,
  paymentsApiPrefix,
  prepareAnswerSchema,
  reservationAnswerSchema,
  reserveBodySchema,
  seatDigits,
  seatStatusesSchema,
} from '#contract/sale-http.ts';
import * as pay from '../../../../web/sale/payment/checkout.ts';
import { holdAnswer, reservation, seatLayout, seatStatuses } from '../../../../web/sale/seats/answers.ts';
import { idempotencyKeyHeader as ownHeader } from '../../../../web/sale/seats/headers.ts';
import { freeDigit, wishOf } from '../../../../web/sale/seats/map-choice.ts';
import { placeSections } from '../../../../web/sale/seats/map-layout.ts';
import { heartbeatSeconds as ownHeartbeat } from '../../../../web/sale/seats/visit.ts';
import { seatName } from '../../../../web/sale/seats/words.ts';
import { en } from '../../../../web/sale/seats/words-en.ts';
import { ko } from '../../../../web/sale/seats/words-ko.ts';
import { api, pages } from '../../../../web/shared/addresses.ts';
import {
  holdAnswer as answer,
  checkoutUrl,
  eventId,
  layout,
  reservationId,
  statuses,
} from './fake-sale-ports.ts';

const overTheWire = (value: unknown): object => JSON.parse(JSON.stringify(value));

describe('the readers and requests of the sale', () => {
  it('the readers accept the layouts and statuses of the contract', () => {
    expect(seatLayoutSchema.parse(layout)).toMatchObject(overTheWire(seatLayout(layout)));
    const document = statuses({});
    expect(seatStatusesSchema.parse(document)).toMatchObject(overTheWire(seatStatuses(document)));
    expect(seatDigits.available).toBe(freeDigit);
  });

  it('the readers accept the holds, reservations and orders of the contract', () => {
    const held = answer({ orderId: 'order_1' });
    expect(holdAnswerSchema.parse(held)).toMatchObject(overTheWire(holdAnswer(held)));
    const { fence: _fence, ...own } = held;
    expect(reservationAnswerSchema.parse(own)).toMatchObject(overTheWire(reservation(own)));
    const refund = {
      isRefundable: true,
      feePercent: 10,
      untilMs: 1,
      seats: [{ seatId: 'A-1-1', paidKrw: 100, refundKrw: 90 }],
    };
    const paid = { ...own, state: 'confirmed', givenBackSeatIds: ['A-1-2'], refund };
    expect(reservationAnswerSchema.parse(paid)).toMatchObject(overTheWire(reservation(paid)));
    expect(cancelBodySchema.safeParse({ seatIds: ['A-1-1'], refundKrw: 90 }).success).toBe(true);
    const { serverTimeMs, ...bare } = own;
    expect(mineAnswerSchema.safeParse({ reservations: [bare], serverTimeMs }).success).toBe(true);
    for (const state of reservationStateSchema.options)
      expect(reservation({ ...bare, state }).state).toBe(state);
    const checkout = { url: checkoutUrl, clientKey: 'k', orderName: 'n', successUrl: 's', failUrl: 'f' };
    const prepared = { orderId: 'order_1', reservationId, amountKrw: 1, expiresAtMs: 1, serverTimeMs: 1 };
    for (const way of [checkout, { ...checkout, url: null }, null]) {
      const whole = { ...prepared, checkout: way };
      expect(prepareAnswerSchema.parse(whole)).toMatchObject(overTheWire(pay.prepareAnswer(whole)));
    }
    expect(paymentAnswerSchema.shape.state.options).toEqual(paymentStateSchema.options);
  });

  it('the contract accepts every request of the pages', () => {
    const map = placeSections(layout);
    const { sections } = statuses({});
    for (const choice of [
      { seatIds: ['A-1-1'], standing: {} },
      { seatIds: ['A-1-1'], standing: { ST: 2 } },
      { seatIds: [], standing: { ST: 2 } },
    ])
      expect(reserveBodySchema.safeParse(wishOf(map, choice, sections, 0.3)).success).toBe(true);
    expect(reserveBodySchema.safeParse({ bestAvailable: { count: 2, grade: 'R' } }).success).toBe(true);
    expect(holdBodySchema.safeParse({ reservationId, fence: 7 }).success).toBe(true);
    const paid = { orderId: 'order_1', paymentKey: pay.freePaymentKey, amountKrw: 0, fence: 7 };
    expect(confirmBodySchema.safeParse(paid).success).toBe(true);
    expect(idempotencyKeySchema.safeParse(crypto.randomUUID()).success).toBe(true);
  });

  it('the pages and the contract use the same names', () => {
    expect(ownHeader).toBe(idempotencyKeyHeader);
    expect(ownHeartbeat).toBe(heartbeatSeconds);
    expect(pay.freePaymentKey).toBe(freePaymentKey);
    expect(api.seatLayout(eventId, 3)).toBe(layoutUrl(eventId, 3));
    expect(api.prepare.startsWith(`${paymentsApiPrefix}/`)).toBe(true);
    expect(pages.reservations).toBe(returnPage);
    expect(returnPath('paid', { eventId, reservationId, fence: 7 })).toBe(
      `${pages.reservation(reservationId).replace('?', `?payment=paid&event=${eventId}&`)}&fence=7`,
    );
  });

  it('every address of the sale is in the route table with its method', () => {
    const known = (method: string, address: string) =>
      routes.some((route) => {
        const [path = ''] = address.split('?');
        const pattern = route.path.replace(/\{[a-zA-Z]+\}/g, '[^/]+');
        return route.methods.some((own) => own === method) && new RegExp(`^${pattern}$`).test(path);
      });
    for (const path of [
      pages.seats(eventId),
      pages.reservations,
      pages.reservation(reservationId),
      api.seatStatuses(eventId),
      api.seatLayout(eventId, 1),
      api.reservations,
      api.reservation(reservationId),
    ])
      expect(known('GET', path), path).toBe(true);
    for (const path of [
      api.reserve,
      api.extend,
      api.release,
      api.cancel(reservationId),
      api.prepare,
      api.confirm,
      api.queueHeartbeat(eventId),
    ])
      expect(known('POST', path), path).toBe(true);
  });
});

describe('the texts of the sale', () => {
  const sentences = (words: object, prefix = ''): Map<string, string> => {
    const all = new Map<string, string>();
    for (const [name, value] of Object.entries(words)) {
      if (typeof value === 'string') all.set(prefix + name, value);
      else if (typeof value === 'function')
        all.set(prefix + name, String(value(name === 'notices' ? [] : 3, 7, 9)));
      else for (const [key, text] of sentences(value, `${prefix}${name}.`)) all.set(key, text);
    }
    return all;
  };

  it('both languages have the same texts, each in its own language', () => {
    const { notices: koNotices, ...koRest } = ko;
    const { notices: enNotices, ...enRest } = en;
    const [koSaid, enSaid] = [sentences(koRest), sentences(enRest)];
    expect([...enSaid.keys()].sort()).toEqual([...koSaid.keys()].sort());
    for (const [name, text] of koSaid) expect(text, name).toMatch(/[가-힣]|\d/);
    for (const [name, text] of enSaid) expect(text, name).not.toMatch(/[가-힣]/);
    for (const [kind, textOf] of Object.entries(koNotices))
      expect(textOf(['A-1-1']), kind).toMatch(/[가-힣]/);
    for (const [kind, textOf] of Object.entries(enNotices))
      expect(textOf([]), kind).toMatch(/^[A-Z][^가-힣]+\.$/);
    expect(ko.notices.taken(['A구역 1열 1번'])).toContain('A구역 1열 1번');
  });

  it('a seat has a name with and without the layout', () => {
    const map = placeSections(layout);
    expect(seatName('A-1-2', 'ko', map)).toBe('A구역 1열 2번');
    expect(seatName('A-1-2', 'en', map)).toBe('Section A, row 1, seat 2');
    expect(seatName('A-1-2', 'en', null)).toBe('A, row 1, seat 2');
    expect(seatName('ST-7', 'ko', map)).toBe('스탠딩 입장 7번');
  });
});
