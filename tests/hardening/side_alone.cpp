// Does nothing: what counts is which libraries it can be linked without.
int main() { return 0; }
