#pragma once

#include "lib/text/template/civil_time.h"
#include "lib/text/template/fault.h"

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

namespace templates {
class Node;
}

/// What keeps a hostile template from taking the process with it.
struct RenderLimits {
    /// Each variable, filter, tag and turn of a loop is one step; so are each 64 bytes that it reads or
    /// makes.
    std::size_t steps_max = 100'000;
    /// Of what is rendered, and of each value on the way.
    std::size_t output_bytes_max = 1 << 20;
};

struct RenderOptions {
    /// Whether values become HTML text (`&lt;`), as Django has it unless told otherwise; `safe` and
    /// `{% autoescape %}` then mean what they mean there. Plain text needs none.
    bool escape_html = false;
    /// What `{% now %}` shows; without it, that tag is a fault.
    std::optional<CivilTime> now;
    RenderLimits limits;
};

/// A text in the part of Django's template language that messages use; docs/templates.md lists it. Copies
/// share what was parsed, which never changes.
class Template {
public:
    static constexpr int nesting_max = 32;  ///< of tags in each other

    /// In time linear in `text`; that is not needed any more then. A fault tells of a tag or filter that
    /// is unknown or used wrongly, of a block that does not end, and of what is not UTF-8.
    static boost::system::result<Template, TemplateFault> parse(std::string_view text);

    /// Whether there is anything in `text` that `parse` would not take for plain text.
    static bool has_marks(std::string_view text);

    /// The whole text, or a fault. A variable that `context` does not have is empty, as in Django; a fault
    /// is a filter or a loop on what it cannot be used on, a filter's argument that is missing, or a limit.
    boost::system::result<std::string, TemplateFault> render(const boost::json::object& context,
                                                             const RenderOptions& options = {}) const;

private:
    using Nodes = std::vector<std::unique_ptr<templates::Node>>;

    explicit Template(std::shared_ptr<const Nodes> nodes) : nodes_(std::move(nodes)) {}

    std::shared_ptr<const Nodes> nodes_;
};

}  // namespace postrider
