#pragma once

#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace postrider {

/// A regular expression in RE2's syntax (Perl's, less what may take more than linear time). It is looked
/// for anywhere in a text; `^` and `$` are the text's own ends, `.` is no line end. Copies share what was
/// compiled, which never changes.
class Pattern {
public:
    /// Why a text is no pattern, without the text: that may name somebody.
    struct Fault {
        std::string what;
    };
    static boost::system::result<Pattern, Fault> compile(const std::string& text);

    /// In time linear in `text`, which is UTF-8.
    bool found_in(std::string_view text) const;

private:
    explicit Pattern(std::shared_ptr<const re2::RE2> compiled);

    std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace postrider
