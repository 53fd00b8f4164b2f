/**
 * Toss Payments' window, for orders without a checkout address: a real shop has none, the sandbox has one. The provider
 * requires that its script is loaded from its own host, unchanged (https://docs.tosspayments.com/sdk/v2/js), so the
 * content security policy names that host.
 */
const scriptUrl = 'https://js.tosspayments.com/v2/standard';
/** A script that never loads must not keep the pay button busy; the buyer then presses again. */
const loadTimeoutMs = 15_000;

export interface WindowOrder {
  readonly clientKey: string;
  readonly orderId: string;
  readonly orderName: string;
  readonly amountKrw: number;
  readonly successUrl: string;
  readonly failUrl: string;
}

/** The part of the provider's script that the page uses. */
interface Toss {
  (
    clientKey: string,
  ): {
    payment(customer: { customerKey: unknown }): {
      requestPayment(request: object): Promise<unknown>;
    };
  };
  readonly ANONYMOUS: unknown;
}

/** True: the browser leaves the page. False: the script did not load, or the buyer closed the window. */
export async function openWindow(order: WindowOrder): Promise<boolean> {
  try {
    await load();
    const toss = provider();
    if (toss === null) return false;
    await toss(order.clientKey)
      .payment({ customerKey: toss.ANONYMOUS })
      .requestPayment({
        method: 'CARD',
        amount: { currency: 'KRW', value: order.amountKrw },
        orderId: order.orderId,
        orderName: order.orderName,
        successUrl: order.successUrl,
        failUrl: order.failUrl,
      });
    return true;
  } catch {
    // A closed window rejects. The hold and the pay button are still there.
    return false;
  }
}

function provider(): Toss | null {
  const found: unknown = Reflect.get(window, 'TossPayments');
  return isToss(found) ? found : null;
}
const isToss = (value: unknown): value is Toss => typeof value === 'function' && 'ANONYMOUS' in value;

function load(): Promise<void> {
  if (provider() !== null) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    const timer = setTimeout(() => reject(new Error('the provider did not answer')), loadTimeoutMs);
    script.src = scriptUrl;
    script.onload = () => {
      clearTimeout(timer);
      resolve();
    };
    script.onerror = () => {
      clearTimeout(timer);
      // A second press then loads it again.
      script.remove();
      reject(new Error('the provider is out of reach'));
    };
    document.head.append(script);
  });
}
