/** Every error of the HTTP API in one form, RFC 9457, and never with more than the caller may know. */
import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { z } from "zod";
import type { Log } from "../../log.ts";
import { Problem } from "./replies.ts";

export const PROBLEM_TYPE = "application/problem+json";
const content = (description: string) => ({ description, content: { [PROBLEM_TYPE]: { schema: Problem } } });

/** What a guarded route may answer beside its reply; goes into the `response` of its schema. */
export const PROBLEMS = {
  400: content("A parameter is wrong; errors says which and what was expected"),
  401: content("No session and no token"),
  404: content("Nothing has this name"),
  429: content("Too many requests"),
  500: content("A fault in the gateway; its log has the details"),
  503: content("The gateway is starting or its store cannot be reached"),
} as const;

/** An answer other than the asked one, to be thrown by a route: its text goes to the caller. */
export interface Refusal extends Error {
  readonly statusCode: number;
  readonly retryAfter?: number | undefined;
}
/** @param retryAfter seconds after which the same request may succeed */
export const refusal = (statusCode: number, detail: string, retryAfter?: number): Refusal =>
  Object.assign(new Error(detail), { name: "Refusal", statusCode, retryAfter });

export function answerProblems(app: FastifyInstance, log: Log): void {
  app.setErrorHandler<FastifyError | Refusal>((error, request, reply) => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      const where = (error as { validationContext?: string }).validationContext ?? "request";
      return sendProblem(reply, 400, `the ${where} is not as expected`, undefined, listed(where, error.validation));
    }
    const status = error.statusCode ?? 500;
    if (status < 500 || error.name === "Refusal") {
      const retryAfter = "retryAfter" in error ? error.retryAfter : undefined;
      return sendProblem(reply, status, error.message, retryAfter);
    }
    log.error({ err: error, method: request.method, route: request.routeOptions.url }, "request failed");
    return sendProblem(reply, status, "the gateway could not answer; its log has the details");
  });
}

type Listed = NonNullable<z.infer<typeof Problem>["errors"]>;

/** Most errors of one request that are listed: a request has few fields, an attack has many. */
const MAX_LISTED = 20;

function listed(where: string, issues: readonly { instancePath: string; message?: string | undefined }[]): Listed {
  return issues.slice(0, MAX_LISTED).map(({ instancePath, message }) => ({
    path: `${where}${instancePath}`,
    message: message ?? "is not as expected",
  }));
}

export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  retryAfter?: number,
  errors?: Listed,
): FastifyReply {
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="fieldlab"');
  const title = STATUS_CODES[status] ?? "Error";
  const problem: z.infer<typeof Problem> = { type: "about:blank", title, status, detail, ...(errors && { errors }) };
  return reply
    .code(status)
    .header("content-type", PROBLEM_TYPE)
    .header("cache-control", "no-store")
    .serializer((body) => (typeof body === "string" ? body : JSON.stringify(body)))
    .send(problem);
}
