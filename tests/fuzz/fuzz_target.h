#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::testing {

/// One parser of foreign bytes, and what must hold whatever they are.
struct FuzzTarget {
    std::string name;  ///< of its file, and of its folder in corpus/
    std::function<void(std::string_view bytes)> run;
};

/// Those that are linked into this program.
std::vector<FuzzTarget>& fuzz_targets();

/// Throws std::logic_error where something does not hold: to libFuzzer, what is not caught is a crash.
void must_hold(bool holds, std::string_view what);

/// Takes a part off the front of `bytes`, up to the first line end: for parsers of several inputs.
std::string_view take_line(std::string_view& bytes);

struct FuzzTargetRegistration {
    FuzzTargetRegistration(std::string name, std::function<void(std::string_view)> run) {
        fuzz_targets().push_back({std::move(name), std::move(run)});
    }
};

}  // namespace postrider::testing

/// `POSTRIDER_FUZZ(form) { … what is done with std::string_view bytes … }`, in this namespace.
#define POSTRIDER_FUZZ(name)                                              \
    void fuzz_##name(std::string_view bytes);                             \
    const FuzzTargetRegistration name##_registration(#name, fuzz_##name); \
    void fuzz_##name(std::string_view bytes)
