import { describe, expect, it } from 'vitest';
import { messagePrompt } from './message-prompt.ts';
import { messageToolPlan } from './message-tools.ts';

const user = { role: 'user' as const, content: 'Tell me a story.' };
const assistant = (content: string | { type: string }[]) => ({ role: 'assistant' as const, content });

describe('last message', () => {
  it('of the user is answered', () => {
    expect(messagePrompt({ messages: [user] })).toEqual({
      ...{ messages: [user], addGenerationPrompt: true, continueFinalMessage: false },
    });
  });

  it('of the assistant is continued, as text or as blocks', () => {
    const begun = assistant('Once upon a');
    const continued = { addGenerationPrompt: false, continueFinalMessage: true };
    expect(messagePrompt({ messages: [user, begun] })).toEqual({ messages: [user, begun], ...continued });
    const blocks = assistant([{ type: 'text', text: 'Once upon a' } as { type: string }]);
    expect(messagePrompt({ messages: [user, blocks] })).toEqual({ messages: [user, begun], ...continued });
  });

  it('of the assistant without a word is no beginning', () => {
    expect(messagePrompt({ messages: [user, assistant(' \n')] })).toEqual(
      messagePrompt({ messages: [user] }),
    );
  });

  it('of the assistant that calls a tool has to be followed by what the tool answered', () => {
    const call = { type: 'tool_use', id: 't', name: 'now', input: {} };
    expect(() => messagePrompt({ messages: [user, assistant([call])] })).toThrow(/calls a tool/);
  });
});

it('a tool_choice of one tool has to name it', () => {
  const tools = [{ name: 'now', input_schema: { type: 'object' } }];
  const format = { open: '', close: '', kind: 'json' } as never;
  for (const name of [null, '', undefined])
    expect(() =>
      messageToolPlan(
        { tools, tool_choice: { type: 'tool', ...(name === undefined ? {} : { name }) } },
        format,
      ),
    ).toThrow('tool_choice names no tool');
});
