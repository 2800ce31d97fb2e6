import type { Report } from './examine';
/** https://no-color.org and https://force-color.org: set and not empty; FORCE_COLOR=0 is no. */
export declare function wantsColour(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean;
/** The report for a person. */
export declare function render(report: Report, colour: boolean): string;
/** The report for a machine. An unlimited limit is "unlimited", since JSON has no Infinity. */
export declare function renderJson(report: Report): string;
