// A library that the program needs, and that needs another.
extern "C" int strata_peer_deep();
extern "C" int strata_peer_near();
extern "C" int strata_peer_near() { return strata_peer_deep(); }
