// Creates, invokes, throttles and deletes a function with AWS's own client for JavaScript, and prints what
// came back as one JSON object. Arguments: endpoint, zip file.
const fs = require("fs");
const lambda = require("@aws-sdk/client-lambda");

async function main([endpoint, zip]) {
  const client = new lambda.LambdaClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  const name = { FunctionName: "from-the-sdk" };
  const text = (bytes) => Buffer.from(bytes).toString();
  const said = {};
  const created = await client.send(
    new lambda.CreateFunctionCommand({
      ...name,
      Runtime: "provided.al2023",
      Handler: "bootstrap",
      Role: "arn:aws:iam::000000000000:role/strata",
      Code: { ZipFile: fs.readFileSync(zip) },
    })
  );
  said.state = created.State;
  const invoked = await client.send(
    new lambda.InvokeCommand({ ...name, Payload: '{"a":1}', LogType: "Tail" })
  );
  said.status = invoked.StatusCode;
  said.version = invoked.ExecutedVersion;
  said.payload = text(invoked.Payload);
  said.log = Buffer.from(invoked.LogResult, "base64").toString();
  const dry = await client.send(
    new lambda.InvokeCommand({ ...name, InvocationType: "DryRun" })
  );
  said.dry_run = dry.StatusCode;
  await client.send(
    new lambda.PutFunctionConcurrencyCommand({ ...name, ReservedConcurrentExecutions: 0 })
  );
  said.throttled = await client
    .send(new lambda.InvokeCommand({ ...name, Payload: "{}" }))
    .then(() => "no error")
    .catch((error) => `${error.name} ${error.$metadata.httpStatusCode} ${error.Reason}`);
  await client.send(new lambda.DeleteFunctionCommand(name));
  said.deleted = await client
    .send(new lambda.GetFunctionCommand(name))
    .then(() => "no error")
    .catch((error) => `${error.name} ${error.$metadata.httpStatusCode}`);
  console.log(JSON.stringify(said));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
