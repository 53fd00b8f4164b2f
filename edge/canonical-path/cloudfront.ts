/** The used part of a CloudFront Function's viewer-request event (functions-event-structure). */
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
/** A repeated name has all its values in `multiValue`, and the first or last one also in `value`. */
export interface Values {
  [name: string]: { value: string; multiValue?: { value: string }[] };
}
export interface ViewerResponse {
  readonly statusCode: number;
  readonly headers: Values;
  readonly cookies: { [name: string]: { value: string; attributes: string } };
  readonly body: { readonly encoding: 'text'; readonly data: string };
}
