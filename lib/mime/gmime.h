#pragma once

#include <gmime/gmime.h>

#include <memory>
#include <string>

namespace postrider::gmime {

struct UnrefObject {
    void operator()(void* object) const { g_object_unref(object); }
};
/// One of GMime's objects, let go with it.
template <class T>
using Held = std::unique_ptr<T, UnrefObject>;

struct FreeText {
    void operator()(char* text) const { g_free(text); }
};
using HeldText = std::unique_ptr<char, FreeText>;

/// To be called before anything else of GMime is. More than once does no harm; any thread.
void start();

/// What a part holds, its transfer encoding taken off.
std::string bytes_of(GMimePart* part);

}  // namespace postrider::gmime
