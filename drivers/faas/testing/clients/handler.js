// A handler as a user writes it, for AWS's own runtime for Node.js.
exports.handler = async (event, context) => {
  if (event.fail) throw new RangeError("no such luck");
  console.log("counting on from", event.n);
  return { next: event.n + 1, id: context.awsRequestId, name: context.functionName };
};
