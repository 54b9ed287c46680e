/*
 * Runs one fuzz target over every file of a corpus directory, so that the
 * ordinary tests replay what fuzzing has found. Speaks TAP: a plan, and a line
 * a file. Memory errors end the program, by the sanitizers it is built with.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
is_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* The whole file in memory of exactly its size, so that ASan sees its end. */
static uint8_t *
slurp(const char *path, size_t *len)
{
	FILE *fp = fopen(path, "rb");
	uint8_t *data = NULL;
	long size;

	if (fp == NULL)
		return NULL;
	if (fseek(fp, 0, SEEK_END) == 0 && (size = ftell(fp)) >= 0 &&
	    (data = malloc((size_t)size)) != NULL) {
		rewind(fp);
		*len = fread(data, 1, (size_t)size, fp);
	}
	fclose(fp);
	return data;
}

int
main(int argc, char **argv)
{
	struct dirent **entry;
	char path[4096];
	size_t len;
	uint8_t *data;
	int i, n, failed = 0;

	if (argc != 2 ||
	    (n = scandir(argv[1], &entry, is_file, alphasort)) <= 0) {
		printf("no corpus in %s\n",
		    argc == 2 ? argv[1] : "(no directory)");
		return 77;
	}
	printf("1..%d\n", n);
	for (i = 0; i < n; i++) {
		snprintf(
		    path, sizeof(path), "%s/%s", argv[1], entry[i]->d_name);
		len = 0;
		data = slurp(path, &len);
		if (data != NULL)
			LLVMFuzzerTestOneInput(data, len);
		else
			failed = 1;
		printf("%s %d - %s\n", data != NULL ? "ok" : "not ok", i + 1,
		    entry[i]->d_name);
		fflush(stdout);
		free(data);
		free(entry[i]);
	}
	free(entry);
	return failed;
}
