// The function that both emulators run: it answers with its event.
exports.handler = async (event) => event;
