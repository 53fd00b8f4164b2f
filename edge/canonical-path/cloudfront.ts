/** Event of a CloudFront Function on viewer request, as far as it is read (functions-event-structure). */
export interface ViewerRequestEvent {
  readonly request: ViewerRequest;
}
export interface ViewerRequest {
  readonly method: string;
  uri: string;
  readonly querystring: Values;
  readonly headers: Values;
  readonly cookies: Values;
}
/** Repeated names come in `multiValue`, the first or last of them also in `value`. */
export interface Values {
  [name: string]: { value: string; multiValue?: { value: string }[] };
}
export interface ViewerResponse {
  readonly statusCode: number;
  readonly headers: Values;
  readonly cookies: { [name: string]: { value: string; attributes: string } };
  readonly body: { readonly encoding: 'text'; readonly data: string };
}
