// A program whose libraries lie in an unusual place.
#include <stdio.h>

extern "C" int strata_peer_near();

int main() { return ::printf("%d\n", strata_peer_near()) > 0 ? 0 : 1; }
