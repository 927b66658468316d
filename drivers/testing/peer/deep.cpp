// A library that only another library needs.
extern "C" int strata_peer_deep();
extern "C" int strata_peer_deep() { return 42; }
