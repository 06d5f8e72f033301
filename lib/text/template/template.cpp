#include "lib/text/template/template.h"

#include "lib/text/template/broken.h"
#include "lib/text/template/lexer.h"
#include "lib/text/template/node.h"
#include "lib/text/template/parser.h"
#include "lib/text/utf8.h"

#include <memory>

namespace postrider {

using templates::Broken;

boost::system::result<Template, TemplateFault> Template::parse(std::string_view text) {
    if (!is_utf8(text)) return TemplateFault{"the text is not UTF-8", 1};
    try {
        const auto tokens = templates::read_tokens(text);
        return Template(std::make_shared<const Nodes>(templates::Parser(tokens).parse_all()));
    } catch (const Broken& broken) {
        return broken.fault;
    }
}

bool Template::has_marks(std::string_view text) {
    for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
        if (at + 1 < text.size() && std::string_view("{%#").find(text[at + 1]) != std::string_view::npos)
            return true;
    }
    return false;
}

boost::system::result<std::string, TemplateFault> Template::render(const boost::json::object& context,
                                                                   const RenderOptions& options) const {
    templates::Scope scope(context, options);
    try {
        templates::render_all(*nodes_, scope);
        return scope.take_output();
    } catch (const Broken& broken) {
        return broken.fault;
    }
}

}  // namespace postrider
