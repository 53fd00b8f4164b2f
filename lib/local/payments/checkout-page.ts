const texts = {
  ko: {
    title: '결제 (연습용)',
    note: '이 기계에서만 도는 연습용 결제입니다. 돈은 오가지 않습니다.',
    pay: '결제하기',
    cancel: '취소',
  },
  en: {
    title: 'Payment (sandbox)',
    note: 'A sandbox on this machine. No money moves.',
    pay: 'Pay',
    cancel: 'Cancel',
  },
} as const;

/** Returns the provider's page between "pay" and the result. The caller has validated all values. */
export function checkoutPage(order: {
  orderId: string;
  amount: number;
  successUrl: string;
  failUrl: string;
  language: 'ko' | 'en';
}): string {
  const text = texts[order.language];
  const query = new URLSearchParams({ ...order, amount: String(order.amount) })
    .toString()
    .replaceAll('&', '&amp;');
  const amount = new Intl.NumberFormat(order.language, { style: 'currency', currency: 'KRW' }).format(
    order.amount,
  );
  return `<!doctype html>
<html lang="${order.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text.title}</title>
<style>body{font:1.1rem system-ui;max-width:24rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}
a{display:block;margin:1rem 0;padding:.9rem;text-align:center;border:1px solid;border-radius:.6rem;color:inherit}
a.pay{background:#0064ff;color:#fff;border-color:#0064ff;text-decoration:none}</style></head>
<body><main><h1>${text.title}</h1><p>${text.note}</p><p><strong>${amount}</strong></p>
<a class="pay" href="/checkout/pay?${query}">${text.pay}</a><a href="/checkout/cancel?${query}">${text.cancel}</a>
</main></body></html>`;
}
