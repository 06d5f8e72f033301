// What failed, once more behind the last test: a log of minutes is mostly read from its end.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

namespace postrider::testing {
namespace {

constexpr std::size_t shown_max = 3000;

class FailuresAtTheEnd final : public ::testing::EmptyTestEventListener {
public:
    void OnTestStart(const ::testing::TestInfo& test) override {
        test_ = std::string(test.test_suite_name()) + "." + test.name();
    }
    /// Whoever asks GoogleTest for anything in here waits for ever: it holds its lock.
    void OnTestPartResult(const ::testing::TestPartResult& result) override {
        if (!result.failed()) return;
        std::string text = test_ + " at " + (result.file_name() ? result.file_name() : "?") + ":" +
                           std::to_string(result.line_number()) + "\n" + result.message();
        if (text.size() > shown_max) text = text.substr(0, shown_max) + "\n[cut]";
        failures_.push_back(std::move(text));
    }
    void OnTestProgramEnd(const ::testing::UnitTest& /*program*/) override {
        for (const std::string& failure : failures_) std::printf("\nFAILED: %s\n", failure.c_str());
    }

private:
    std::string test_ = "before any test";
    std::vector<std::string> failures_;
};

/// GoogleTest's main is not ours.
const bool added = [] {
    ::testing::UnitTest::GetInstance()->listeners().Append(new FailuresAtTheEnd);
    return true;
}();

}  // namespace
}  // namespace postrider::testing
