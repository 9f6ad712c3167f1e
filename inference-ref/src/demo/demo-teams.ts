// Who calls in the demo: four teams with habits of their own, so that spend, latency, findings and advice have something to show.

export interface DemoCall {
  readonly path: '/v1/chat/completions' | '/v1/completions';
  readonly body: Readonly<Record<string, unknown>>;
  readonly user: string;
  readonly session: string;
}

export interface DemoTeam {
  readonly team: string;
  readonly app: string;
  readonly environment: 'production' | 'staging';
  /** Share of the demo's calls. */
  readonly weight: number;
  readonly nextCall: (random: () => number) => DemoCall;
}

const SUBJECTS = [
  'the sea',
  'the harvest',
  'our treaty',
  'the whale',
  'public debt',
  'the harbour',
  'the navy',
  'winter',
];
const TASKS = [
  'Tell me about',
  'Summarise what is known of',
  'Explain the history of',
  'Write a short note on',
];
const NAMES = ['ada', 'bo', 'carmen', 'dmitri', 'elif', 'farid', 'grace', 'hiro'];

function pick<T>(items: readonly [T, ...T[]] | readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

const question = (random: () => number): string => `${pick(TASKS, random)} ${pick(SUBJECTS, random)}.`;

function chat(content: string, options: Readonly<Record<string, unknown>>): DemoCall['body'] {
  return { model: 'tollgate-tiny', messages: [{ role: 'user', content }], ...options };
}

const search: DemoTeam = {
  team: 'search',
  app: 'answer-box',
  environment: 'production',
  weight: 0.45,
  nextCall: (random) => ({
    path: '/v1/chat/completions',
    body: chat(question(random), {
      stream: true,
      max_tokens: 24 + Math.floor(random() * 40),
      temperature: 0.8,
    }),
    user: `visitor-${Math.floor(random() * 40)}`,
    session: `web-${Math.floor(random() * 200)}`,
  }),
};

const support: DemoTeam = {
  team: 'support',
  app: 'reply-draft',
  environment: 'production',
  weight: 0.25,
  nextCall: (random) => {
    const name = pick(NAMES, random);
    const contact = random() < 0.3 ? ` Reach me at ${name}@example.com.` : '';
    const card = random() < 0.1 ? ' My card 4111 1111 1111 1111 was charged twice.' : '';
    const ticket = 10_000 + Math.floor(random() * 90_000);
    return {
      path: '/v1/chat/completions',
      body: chat(`Ticket INC-${ticket}: my order on ${pick(SUBJECTS, random)} is late.${card}${contact}`, {
        max_tokens: 48,
      }),
      user: name,
      session: `ticket-${ticket}`,
    };
  },
};

const research: DemoTeam = {
  team: 'research',
  app: 'summariser',
  environment: 'staging',
  weight: 0.2,
  nextCall: (random) => ({
    path: '/v1/completions',
    body: {
      model: 'tollgate-tiny',
      prompt: Array.from({ length: 4 + Math.floor(random() * 20) }, () => question(random)).join(' '),
      max_tokens: 64,
      stream: random() < 0.5,
    },
    user: pick(NAMES, random),
    session: '',
  }),
};

/** Asks the same things again and again at temperature 0, and sometimes for a model that does not exist. */
const evaluation: DemoTeam = {
  team: 'platform',
  app: 'nightly-eval',
  environment: 'staging',
  weight: 0.1,
  nextCall: (random) => ({
    path: '/v1/chat/completions',
    body: {
      ...chat(`Case ${Math.floor(random() * 5)}: describe ${SUBJECTS[0]}.`, {
        max_tokens: 32,
        temperature: 0,
      }),
      ...(random() < 0.15 ? { model: 'tollgate-large' } : {}),
    },
    user: 'ci',
    session: '',
  }),
};

export const DEMO_TEAMS: readonly DemoTeam[] = [search, support, research, evaluation];

export function pickTeam(random: () => number): DemoTeam {
  let left = random();
  for (const team of DEMO_TEAMS) {
    left -= team.weight;
    if (left < 0) return team;
  }
  return search;
}
