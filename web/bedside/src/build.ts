/** Which build of the app is this? Filled in when it is built. */

declare const BUILD_NAME: string;

export function buildTime(): string {
  return typeof BUILD_NAME === "string" ? BUILD_NAME : "test";
}
