# %% [markdown]
# # TITLE_EN · TITLE_ZH
#
# ABOUT_EN
# `funnelkit apps` shows this as a page of its own; run both cells to use it here.
#
# ABOUT_ZH
# 用 `funnelkit apps` 可作为独立页面打开；在这里使用时，请运行下面两个单元格。

# %%
from funnelkit.apps.served import prepare_app

ready = prepare_app("NAME", data="industrial")

# %%
ready.show()
