/* The floor of every start: a static program that writes one byte. */
#include <unistd.h>

int main(void) { return write(1, "S", 1) == 1 ? 0 : 1; }
