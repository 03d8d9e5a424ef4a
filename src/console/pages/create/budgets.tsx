import { ActionIcon, Button, Group, Input, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { CampaignPlan } from '../../../wire/muster/plan.ts';
import { NumberField } from '../../parts/number-field.tsx';
import { useFlaw, usePlanning } from './plan-context.ts';

type Budget = CampaignPlan['budgets'][number];

/** How many may be in progress for each value of an attribute. */
export const Budgets = () => {
  const { form, change } = usePlanning();
  const { below, exactly } = useFlaw();
  const { budgets } = form.plan;
  const set = (place: number, patch: Partial<Budget>): void =>
    change({ budgets: budgets.map((one, index) => (index === place ? { ...one, ...patch } : one)) });
  return (
    <Input.Wrapper
      label="Budgets"
      labelElement="div"
      description="In progress at a time for each value of an attribute"
      error={exactly('/budgets')}
    >
      <Stack gap={6} mt={4} align="flex-start">
        {budgets.map(({ attribute, most }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a budget is its place in the list
          <Group key={place} gap={6} wrap="nowrap">
            <NumberField
              aria-label={`Budget ${place + 1}: devices`}
              w={76}
              min={1}
              allowDecimal={false}
              value={most}
              error={below(`/budgets/${place}/most`)}
              onChange={(value) => set(place, { most: value })}
            />
            <Text size="sm">for each</Text>
            <TextInput
              aria-label={`Budget ${place + 1}: attribute`}
              placeholder="site"
              w={130}
              value={attribute}
              error={below(`/budgets/${place}/attribute`)}
              onChange={({ currentTarget }) => set(place, { attribute: currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Leave budget ${place + 1} out`}
              onClick={() => change({ budgets: budgets.filter((_, index) => index !== place) })}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => change({ budgets: [...budgets, { attribute: '', most: 2 }] })}
        >
          A budget
        </Button>
      </Stack>
    </Input.Wrapper>
  );
};
