#include "conf/agent.h"

/* From the documentation of each server. */
const struct local_server local_servers[LOCAL_SERVERS_N] = {
	{"llama.cpp", 9931}, /* since 0.7; before that 8080 */
	{"llama.cpp, llamafile or LocalAI", 8080},
	{"Ollama", 11434},
	{"vLLM", 8000},
	{"SGLang", 30000},
	{"TGI", 3000},
	{"LM Studio", 1234},
	{"KoboldCpp", 5001},
	{"LiteLLM", 4000},
};
