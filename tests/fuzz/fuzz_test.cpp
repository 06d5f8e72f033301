// What `make fuzz` does for hours, for a moment: everything that once taught us something, and mutations of it
// that are the same each time.
#include "tests/fuzz/fuzz_target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace postrider::testing {
namespace {

constexpr int mutations_of_each = 60;

std::vector<std::string> corpus_of(const std::string& name) {
    std::vector<std::filesystem::path> files;
    for (const auto& file :
         std::filesystem::directory_iterator(POSTRIDER_SOURCE_DIR "/tests/fuzz/corpus/" + name))
        files.push_back(file.path());
    std::sort(files.begin(), files.end());
    std::vector<std::string> inputs{""};
    for (const auto& file : files) {
        std::ostringstream bytes;
        bytes << std::ifstream(file, std::ios::binary).rdbuf();
        inputs.push_back(bytes.str());
    }
    return inputs;
}

/// A few bytes changed, a piece taken out, a piece of another put in.
std::string mutated(std::string input, const std::vector<std::string>& others, std::mt19937& random) {
    const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
    for (auto turns = 1 + below(4); turns > 0; --turns) {
        const std::size_t at = below(input.size() + 1);
        switch (below(4)) {
            case 0:
                if (at < input.size()) input[at] = static_cast<char>(random());
                break;
            case 1: input.erase(at, below(16)); break;
            case 2: {
                const std::string& other = others[below(others.size())];
                const std::size_t from = below(other.size() + 1);
                input.insert(at, other.substr(from, below(64)));
                break;
            }
            default: input.insert(at, 1, "\0\n\r\"<&%=:{}[]\xff\xc3\xf0"[below(17)]);
        }
    }
    return input;
}

void run(const FuzzTarget& target, const std::string& input) {
    try {
        target.run(input);
    } catch (const std::exception& error) {
        ADD_FAILURE() << error.what() << ": " << ::testing::PrintToString(input.substr(0, 2000));
    }
}

class Fuzz : public ::testing::TestWithParam<FuzzTarget> {};

TEST_P(Fuzz, TakesWhatIsInItsCorpusAndWhatIsLikeIt) {
    const FuzzTarget& target = GetParam();
    const std::vector<std::string> inputs = corpus_of(target.name);
    ASSERT_GT(inputs.size(), 1u) << "no corpus";
    std::mt19937 random(7);
    for (const std::string& input : inputs) {
        run(target, input);
        if (input.size() > 1 << 16) continue;  // what was large only
        for (int i = 0; i < mutations_of_each; ++i) run(target, mutated(input, inputs, random));
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, Fuzz, ::testing::ValuesIn(fuzz_targets()),
                         [](const auto& target) { return target.param.name; });

}  // namespace
}  // namespace postrider::testing
