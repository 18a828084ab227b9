export interface paths {
  '/v1/session': {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: { 200: { content: { 'application/json': components['schemas']['SessionAnswer'] } } };
    };
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': components['schemas']['SignIn'] } };
      responses: { 200: { content: { 'application/json': components['schemas']['SessionAnswer'] } } };
    };
    delete: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: { 200: { content: { 'application/json': components['schemas']['SessionAnswer'] } } };
    };
  };
  '/v1/session/link': {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': components['schemas']['Link'] } };
      responses: { 200: { content: { 'application/json': components['schemas']['SessionAnswer'] } } };
    };
  };
  '/v1/session/password': {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    post: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': components['schemas']['NewPassword'] } };
      responses: { 200: { content: { 'application/json': components['schemas']['SessionAnswer'] } } };
    };
  };
}
export interface components {
  schemas: {
    SessionAnswer: {
      readonly user: { readonly name: string; readonly display: string; readonly role: string; readonly password: 'set' | 'none' | 'elsewhere' } | null;
      readonly refusal?: string | null;
      readonly rights: readonly string[];
      readonly csrf: string | null;
      readonly shop: {
        readonly name: string;
        readonly currency: string;
        readonly time_zone: string;
        readonly now: string;
        readonly pinned: boolean;
      };
      readonly ways: {
        readonly password: boolean;
        readonly oidc: readonly { readonly name: string; readonly title: string }[];
      };
    };
    SignIn: { readonly name: string; readonly password: string };
    Link: { readonly token: string };
    NewPassword: { readonly old?: string | null; readonly new: string };
  };
}
