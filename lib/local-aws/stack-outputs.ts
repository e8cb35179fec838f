/** The outputs of our stack, by the names that they have here. */
export function namedOutputs(outputs: Record<string, string>) {
  const output = (name: string): string => {
    if (outputs[name] !== undefined) return outputs[name];
    throw new Error(`The stack has no output ${name}, expected it beside ${Object.keys(outputs).join(', ')}.`);
  };
  const functions: Record<string, string> = {};
  for (const [name, functionName] of Object.entries(outputs)) {
    const [, pascalCase] = /^(\w+)Function$/.exec(name) ?? [];
    const step = pascalCase?.replaceAll(/\B[A-Z]/g, '-$&').toLowerCase();
    if (step !== undefined) functions[step] = functionName;
  }
  return {
    bucket: output('Bucket'),
    tableName: output('TableName'),
    stateMachineArn: output('StateMachineArn'),
    bedrockRoleArn: output('BedrockRoleArn'),
    functions,
  };
}
